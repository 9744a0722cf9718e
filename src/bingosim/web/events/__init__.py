"""Events of the library as pages show and change them: tiles, settings, teams, expected hours."""
