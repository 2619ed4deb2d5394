"""The mainland travel permit for residents of Hong Kong and Macau."""
