"""The served demo in headless Chromium, through the viewers that readers use."""
