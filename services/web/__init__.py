"""The pages: sign in, work list, work item, lag, figures. Server-rendered, bound to loopback."""
