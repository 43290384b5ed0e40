package todo

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzMembers holds the scanner against encoding/json: the same keys and values, in the same order.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"A_b" : "\\\"}" , "c-D":[{"x":[1,"]"]},2], "_id":null}`, ` { "k":{"n":{}},"":true}`, `{"k`, `{"a":1,}`, `[1]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		text = trimmed(text)
		var got []string
		members(text, func(key, rest []byte) bool {
			got = append(got, string(key), string(value(rest)))
			return true
		})
		if json.Valid(text) && len(text) > 0 && text[0] == '{' && !bytes.Contains(text, []byte(`\`)) {
			assert.Equal(t, decoded(t, text), got)
		}
	})
}

// decoded are the keys and values of an object as encoding/json reads them.
func decoded(t *testing.T, text []byte) (out []string) {
	d := json.NewDecoder(bytes.NewReader(text))
	_, err := d.Token()
	assert.NoError(t, err)
	for d.More() {
		at := int(d.InputOffset())
		_, err = d.Token()
		assert.NoError(t, err)
		raw := text[at:d.InputOffset()] // a key that is not UTF-8 is not what the token says
		raw = raw[slices.Index(raw, '"'):]
		var one json.RawMessage
		assert.NoError(t, d.Decode(&one))
		out = append(out, string(key(nil, raw[1:len(raw)-1])), string(one))
	}
	return out
}

func BenchmarkHoldsList(b *testing.B) {
	for name, text := range map[string]string{"bare": `[`, "object": `{"success":true,"todos":[`} {
		list := []byte(text)
		for range 20 {
			list = append(list, `{"id":12345,"title":"Buy some milk and bread for the weekend","completed":false},`...)
		}
		list = append(list[:len(list)-1], map[string]string{"bare": `]`, "object": `]}`}[name]...)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = within(list, "[]") && startsWithTodo(list) || !refused(list) && inObject(list, wrappings)
			}
		})
	}
}

// TestTitlesComplainOfNothing: a service may answer with the title in its words, as in Updated "Buy milk".
func TestTitlesComplainOfNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		said := "Updated: " + title(r)
		require.False(t, complains([]byte(said)), said)
	}
}
