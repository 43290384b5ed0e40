package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestUntagged: what an operation is named does not matter, as a tag has no braces.
func TestUntagged(t *testing.T) {
	for row, want := range map[Op][2]string{
		{"", "GET", "/items {region=eu}"}:     {"GET /items", "region=eu"},
		{"", "", "query {users} {region=eu}"}: {"query {users}", "region=eu"},
		{"", "GET", "/items/{id} {k=v}"}:      {"GET /items/{id}", "k=v"},
		{"", "", "(other tags)"}:              {"(other tags)", ""},
	} {
		of, tag := row.Untagged()
		assert.Equal(t, want, [2]string{of.String(), tag})
	}
}
