"""Silver: one clean version of what the plant sent, a module per table. Pure: Arrow tables in, Arrow tables out."""
