"""Gold: what people ask, a module per table. Pure: Arrow tables in, Arrow tables out."""
