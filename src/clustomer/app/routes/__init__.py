"""What each address runs, one small file a page.

The folder is not called pages: Streamlit would take the files in it for pages of their own.
"""
