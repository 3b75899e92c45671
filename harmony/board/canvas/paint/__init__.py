"""How things on the canvas are painted: functions of plain data, without events or edits."""
