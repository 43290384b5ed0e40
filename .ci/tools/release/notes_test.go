package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSection(t *testing.T) {
	for _, c := range []struct{ changelog, wanted, version, text, refused string }{
		{changelog, "", "v0.2.0", "### Added\n\n- Second.\n", ""},
		{changelog, "v0.1.0", "v0.1.0", "- First.\n", ""},
		{changelog, "0.1.0", "v0.1.0", "- First.\n", ""},
		{"## 1.0.0-rc.1 - 2026-11-30\r\n\r\n- A.\r\n", "", "v1.0.0-rc.1", "- A.\n", ""},
		{changelog, "Unreleased", "", "", `no version "Unreleased"`},
		{"## [Unreleased]\n\n- A.\n", "", "", "", "CHANGELOG.md has no version"},
		{"## [v1.0.0]\n\n- A.\n", "", "", "", "v1.0.0 has no date"},
		{"## [v1.0.0] - 2026-11-30\n\n## [v0.1.0] - 2026-11-30\n\n- A.\n", "", "", "", "says nothing of v1.0.0"},
	} {
		folder := t.TempDir()
		write(t, folder, map[string]string{"CHANGELOG.md": c.changelog})
		version, text, err := section(filepath.Join(folder, "CHANGELOG.md"), c.wanted)
		if c.refused != "" {
			assert.ErrorContains(t, err, c.refused)
			continue
		}
		require.NoError(t, err, c.changelog)
		assert.Equal(t, []string{c.version, c.text}, []string{version, text})
	}
}
