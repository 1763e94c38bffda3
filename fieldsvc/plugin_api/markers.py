"""pluggy markers of the group ``fieldsvc``: ``hookspec`` for the core, ``hookimpl`` for departments."""

import pluggy

GROUP = "fieldsvc"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
