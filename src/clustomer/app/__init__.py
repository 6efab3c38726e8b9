"""The web app. It holds no logic of its own: every number comes from the functions below it."""
