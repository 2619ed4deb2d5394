"""Who signs in: holders by one-time code, staff by password, issuers' systems by API key. Used by web and cli only."""
