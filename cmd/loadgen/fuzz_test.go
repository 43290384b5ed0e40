package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// spoil puts a value into the place of the n-th member of a JSON tree, counted
// modulo as many as there are.
func spoil(tree *any, n int, value any) {
	var places []func(any)
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(node)) {
				places = append(places, func(v any) { node[key] = v })
				walk(node[key])
			}
		case []any:
			for i, member := range node {
				places = append(places, func(v any) { node[i] = v })
				walk(member)
			}
		}
	}
	walk(*tree)
	if len(places) > 0 {
		places[n%len(places)](value)
	}
}

// FuzzCompare reads a summary two of whose members are something else: it is
// refused in one line, or compared without a number that is none and without a
// byte that steers a terminal, as text and as JSON.
func FuzzCompare(f *testing.F) {
	whole, err := os.ReadFile(file(f, 1, .5, "baseline", "intervention"))
	require.NoError(f, err)
	good := file(f, 2, .5, "baseline", "intervention")
	path := filepath.Join(f.TempDir(), "run.json")
	for i, value := range []string{`null`, `-1`, `1e308`, `1e-320`, `9223372036854775807`, `""`, "\x1b[31m\n", `[]`, `[[]]`, `{}`, `{"a":1}`, `true`, `"AA=="`, `"2026-13-01T00:00:00Z"`} {
		for n := range uint16(2) {
			if testing.Short() && (n > 0 || i%3 > 0) {
				break
			}
			f.Add(n*131, value, n*71, `0`)
		}
	}
	f.Fuzz(func(t *testing.T, n uint16, value string, m uint16, other string) {
		var tree any
		require.NoError(t, json.Unmarshal(whole, &tree))
		for i, text := range []string{value, other} {
			var v any
			if json.Unmarshal([]byte(text), &v) != nil {
				v = text
			}
			spoil(&tree, int([]uint16{n, m}[i]), v)
		}
		data, err := json.Marshal(tree)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		args := [][]string{{path}, {path, good}, {good, "--against", path}, {path, "--json", "-"}}[n%4]
		code, stdout, stderr := did(append([]string{"compare"}, args...)...)
		require.NotRegexp(t, `[^[:^cntrl:]\n]`, stdout+stderr)
		switch code {
		case exitFailed, exitUsage:
			require.Empty(t, stdout)
			require.Regexp(t, `^loadgen compare: [^\n]+\n$`, stderr)
		case exitOK, exitBroken:
			require.NotContains(t, stdout, "NaN")
			require.True(t, strings.Contains(stdout, "\nEffect (") || json.Valid(bytes.TrimSpace([]byte(stdout))), stdout)
		default:
			t.Fatalf("exit code %d", code)
		}
	})
}
