"""Page of the app; run by Streamlit, which runs the whole file at each interaction."""

from clustomer.app.screens.customers import page

if __name__ == "__main__":
    page()
