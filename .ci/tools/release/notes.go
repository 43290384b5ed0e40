package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// heading is that of a version in the changelog: ## [v0.1.0] - 2026-11-30.
var heading = regexp.MustCompile(`(?m)^## \[?(v?\d[^\]\s]*)\]?(?: - (\d{4}-\d\d-\d\d))?[ \t]*$`)

// section returns a version of the changelog, the newest where none is wanted,
// and the text below its heading.
func section(path, wanted string) (version, text string, err error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return "", "", refusal(err.Error())
	}
	changelog := strings.ReplaceAll(string(file), "\r\n", "\n")
	var have []string
	for _, at := range heading.FindAllStringSubmatchIndex(changelog, -1) {
		version := "v" + strings.TrimPrefix(changelog[at[2]:at[3]], "v")
		have = append(have, version)
		if wanted != "" && version != "v"+strings.TrimPrefix(wanted, "v") {
			continue
		}
		if at[4] < 0 {
			return "", "", refusal(fmt.Sprintf("%s has no date in CHANGELOG.md, such as ## [%s] - 2026-01-31", version, version))
		}
		text, _, _ := strings.Cut(changelog[at[1]:], "\n## ")
		if text = strings.TrimSpace(text); text == "" {
			return "", "", refusal(fmt.Sprintf("CHANGELOG.md says nothing of %s", version))
		}
		return version, text + "\n", nil
	}
	if len(have) == 0 {
		return "", "", refusal("CHANGELOG.md has no version, such as ## [v0.1.0] - 2026-01-31")
	}
	return "", "", refusal(fmt.Sprintf("CHANGELOG.md has no version %q, only %s", wanted, strings.Join(have, ", ")))
}
