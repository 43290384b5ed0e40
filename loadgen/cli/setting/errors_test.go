package setting

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDidYouMean(t *testing.T) {
	flags := []string{"users", "spawn-rate", "run-time", "summary-file", "html", "on", "off"}
	for word, want := range map[string]string{
		"usres": "users", "user": "users", "uesrs": "users", "spawn": "spawn-rate", "spwan-rate": "spawn-rate",
		"runtime": "run-time", "run_time": "run-time", "sumary-file": "summary-file", "zzzzzz": "",
	} {
		assert.Equalf(t, want, DidYouMean(word, flags), "DidYouMean(%q)", word)
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		assert.Equalf(t, c.want, editDistance(c.a, c.b), "editDistance(%q, %q)", c.a, c.b)
		assert.Equalf(t, c.want, editDistance(c.b, c.a), "editDistance(%q, %q)", c.b, c.a)
	}
}
