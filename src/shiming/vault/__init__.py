"""Encryption at rest: data keys wrapped by a versioned master key, a blind index, encrypted files.

Decryption happens here and nowhere else.
"""

from shiming.vault.keys import KeyFolder, KeyFolderError
from shiming.vault.suite import SealBrokenError
from shiming.vault.vault import KeyShreddedError, Vault

__all__ = ["KeyFolder", "KeyFolderError", "KeyShreddedError", "SealBrokenError", "Vault"]
