"""The foreigner's permanent residence card of China."""
