"""What everything else stands on: errors, time, money, the universe and the field's closed sets. Imports nothing."""
