# SPDX-License-Identifier: GPL-2.0-only
project = "mtty"
exclude_patterns = ["_build"]
html_theme = "alabaster"
