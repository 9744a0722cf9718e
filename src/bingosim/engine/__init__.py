"""The engine: numbers only. Arrays in, arrays out; no files, no models, no databases."""
