package html

import (
	"bytes"
	htmltemplate "html/template"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/markup"
)

// odd are texts that mean something in HTML.
var odd = []string{"", "plain", `<script>alert(1)</script>`, `"><img src=x onerror=y>`, `' onload='x`, "a&amp;b & c", "\x00+\xff", "<!-- x -->", "</title>", "{{.Title}}", "javascript:x", "worse", "live"}

// fill gives everything in a value some content.
func fill(v reflect.Value, r *rand.Rand) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() != reflect.TypeFor[markup.Raw]() {
			v.SetString(odd[r.IntN(len(odd))])
		}
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(r.Int64N(3))
	case reflect.Float64:
		v.SetFloat(r.Float64())
	case reflect.Pointer:
		if r.IntN(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), r)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(v.Index(i), r)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), r)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), r)
			}
		}
	}
}

// TestMarkupIsHTMLTemplates: whatever stands in it, a report is what html/template makes
// of it, byte for byte. Its script, style and data, which are the program's own, are left
// out.
func TestMarkupIsHTMLTemplates(t *testing.T) {
	text := strings.NewReplacer("{{.Style}}", "", "{{.Data}}", "", "{{.Code}}", "").Replace(string(asset("report.html")))
	oracle := htmltemplate.Must(htmltemplate.New("").Funcs(htmltemplate.FuncMap{
		"pair": func(f any, row forestRow) placed { return placed{f, row} },
	}).Parse(text))
	rounds := uint64(3000)
	if testing.Short() {
		rounds = 50
	}
	empty := 0
	for seed := range rounds {
		var v reportView
		fill(reflect.ValueOf(&v).Elem(), rand.New(rand.NewPCG(seed, 1)))
		if v.Effect == nil {
			empty++
		}
		var got, want bytes.Buffer
		require.NoError(t, oracle.Execute(&want, &v))
		require.NoError(t, reportPage.Execute(&got, v))
		require.Equal(t, want.String(), got.String(), "seed %d", seed)
	}
	require.Less(t, empty, int(rounds)/2, "most have all sections")
}
