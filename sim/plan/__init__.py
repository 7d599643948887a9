"""What a scenario implies before it is played: offered load, Erlang lines, CPU, and where each value comes from."""
