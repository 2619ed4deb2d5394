"""One folder a country: its policy, its working days, its identifiers. Dated data, with sources.

A country is found by its folder (ISO 3166-1 alpha-2, lower case). ``policy.toml`` and ``working_days.toml`` are data;
``identifiers.py`` offers ``KINDS``: national identifiers by kind (``cn-resident-id``).
Third parties add countries by the entry point group ``shiming.countries`` (a package with the same files).
"""

from shiming.countries.policy import Fact, Policy, PolicyError, names, parse, parse_content, policy
from shiming.countries.vocabulary import VOCABULARY, Situation

__all__ = ["VOCABULARY", "Fact", "Policy", "PolicyError", "Situation", "names", "parse", "parse_content", "policy"]
