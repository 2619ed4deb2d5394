"""The mainland travel permit for residents of Taiwan."""
