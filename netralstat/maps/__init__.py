"""Maps of the user's own: GeoJSON read strictly, provinces found in it, borders made simple."""
