"""Text, zones, faces and measures in pictures: thin wrappers over libraries, one interface each."""
