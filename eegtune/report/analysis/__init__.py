"""What trials say beyond their table: pure functions of values, drawn by `figures`."""
