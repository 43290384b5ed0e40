package fake

import "strings"

// Hostile are names and texts that a target or a script could send.
var Hostile = []string{
	`<script>window.hacked=1</script>`, `"><img src=x onerror=window.hacked=1>`, `</script><script>window.hacked=1</script>`,
	`{{.Title}}`, "\u202egnp.exe", strings.Repeat("long", 200), "line\nbreak", "\xff\xfe", `javascript:alert(1)`, "",
}
