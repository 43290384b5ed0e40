package setting

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWeights(t *testing.T) {
	for in, want := range map[string]map[string]float64{
		`{}`:                                   {},
		`{"list_todos": 40, "create_todo":30}`: {"list_todos": 40, "create_todo": 30},
		" {\"a\" : 0.5,\n\"b\": 1e2, \"ä\\u00e9\": 0} ": {"a": .5, "b": 100, "äé": 0},
	} {
		got, err := Weights(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got, in)
	}
}

func TestWeightsRefuse(t *testing.T) {
	for in, want := range map[string]string{
		``:                `not valid JSON (unexpected end of JSON input)`,
		`{"a": 1`:         `not valid JSON (unexpected end of JSON input)`,
		`{"a": 1,}`:       `not valid JSON (invalid character '}' looking for beginning of object key string)`,
		`{"a": 1} x`:      `not valid JSON (invalid character 'x' after top-level value)`,
		`{'a': 1}`:        `not valid JSON (invalid character '\'' looking for beginning of object key string)`,
		`{"a": NaN}`:      `not valid JSON (invalid character 'N' looking for beginning of value)`,
		`null`:            `got null`,
		`40`:              `got a number`,
		`"a"`:             `got a string`,
		`true`:            `got true`,
		`[1, 2]`:          `got an array`,
		`{"a": null}`:     `the weight of "a" is null`,
		`{"a": "1"}`:      `the weight of "a" is a string`,
		`{"a": false}`:    `the weight of "a" is false`,
		`{"a": [1]}`:      `the weight of "a" is an array`,
		`{"a": {"b": 1}}`: `the weight of "a" is an object`,
		`{"a": 1, "a":1}`: `"a" is given twice`,
		`{"a": -1}`:       `the weight of "a" is -1, which is negative`,
		`{"a": 1e999}`:    `the weight of "a" is 1e999, which is too large`,
		`{"": 1}`:         `a task name is empty`,
	} {
		w, err := Weights(in)
		assert.EqualError(t, err, want, in)
		assert.Nil(t, w, in)
	}
}

// plainlyValid reports whether encoding/json finds an object of texts without
// anything odd and finite numbers of at least 0.
func plainlyValid(s string) bool {
	var object map[string]*float64
	if json.Unmarshal([]byte(s), &object) != nil || object == nil || strings.Count(s, `"`) != 2*len(object) || strings.ContainsRune(s, '\\') || !utf8.ValidString(s) {
		return false
	}
	for name, weight := range object {
		if name == "" || weight == nil || *weight < 0 {
			return false
		}
	}
	return true
}

func FuzzWeights(f *testing.F) {
	for _, seed := range []string{`{"list": 40, "add": 30}`, `{"a":1,"a":2}`, `null`, `{"a":1e999}`, `{"a":{}}`, "{\"\xff\":1}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := Weights(s)
		if err != nil {
			require.Nil(t, w)
			require.NotContains(t, err.Error(), "\n")
			require.False(t, plainlyValid(s), "%q: %v", s, err)
			return
		}
		for name, weight := range w {
			require.NotEmpty(t, name)
			require.True(t, weight >= 0 && !math.IsInf(weight, 0))
		}
		var plain map[string]float64 // what encoding/json makes of it
		require.NoError(t, json.Unmarshal([]byte(s), &plain))
		require.Equal(t, plain, w)
	})
}
