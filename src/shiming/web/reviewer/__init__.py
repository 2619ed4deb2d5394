"""The reviewer's pages: the queue by due time, and one case with everything a person needs to decide it."""
