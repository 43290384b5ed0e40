package measure

import (
	"context"
	"strings"
	"unicode"
)

// keyedTag is a key with a value.
type keyedTag struct{ key, text string }

// Tag returns a context whose operations count once more each, in a row for themselves and this tag, such as
// "GET /items {region=eu}". No count of requests includes it. Several tags of an operation give a row each; of the same key the
// inner one holds. There are 200 rows with tags in a run at most, and what is past them is in the row "(other tags)": a value
// is a region or a size, not the number of a user. Braces, "=" in a key and what cannot be printed become "_". Without key
// or value, and outside a run, ctx is returned as it is.
func Tag(ctx context.Context, key, value string) context.Context {
	s := FromContext(ctx)
	if s == nil {
		return ctx
	}
	if key == "" || value == "" {
		s.Note("A tag without a key or a value was set, which is left out")
		return ctx
	}
	var tags []keyedTag
	if s.tags != nil {
		for _, t := range *s.tags {
			if t.key != key {
				tags = append(tags, t)
			}
		}
	}
	text := strings.Map(inTag, strings.ReplaceAll(key, "=", "_")+"="+value)
	tags = append(tags, keyedTag{key, text})
	c := &scopeCtx{ctx, *s}
	c.scope.tags = &tags
	return c
}

// inTag replaces what must not be in a tag.
func inTag(r rune) rune {
	if r == '{' || r == '}' || !unicode.IsPrint(r) {
		return '_'
	}
	return r
}
