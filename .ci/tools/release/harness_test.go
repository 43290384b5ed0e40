package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// changelog has two versions and what is not released.
const changelog = "# Changelog\n\n## [Unreleased]\n\n- More.\n\n## [v0.2.0] - 2026-12-01\n\n### Added\n\n- Second.\n\n## [v0.1.0] - 2026-11-30\n\n- First.\n"

// write makes files in a folder.
func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
}
