package canonical

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

// written is what a value becomes.
func written(v any, opaque ...reflect.Type) string {
	var b bytes.Buffer
	New(&b, opaque...).Dynamic(reflect.ValueOf(v))
	return b.String()
}

func ExampleWriter_Dynamic() {
	one, other := map[string]float64{"a": 0, "b": 2}, map[string]float64{}
	other["b"], other["a"] = 2, 0
	fmt.Println(written(one) == written(other))
	// Output: true
}

type list struct {
	next *list
	id   int
}

// Cycles and opaque values end, and are not mistaken for others.
func TestWriterEnds(t *testing.T) {
	ring := &list{id: 1}
	ring.next = ring
	assert.NotEqual(t, written(ring), written(&list{id: 1}))
	holder := func(r io.Reader) any { return struct{ R io.Reader }{r} }
	reader := reflect.TypeFor[io.Reader]()
	assert.Equal(t, written(holder(new(bytes.Buffer)), reader), written(holder(bytes.NewReader(nil)), reader))
	assert.NotEqual(t, written(holder(new(bytes.Buffer)), reader), written(holder(nil), reader))
	assert.NotEqual(t, written(holder(new(bytes.Buffer))), written(holder(bytes.NewReader(nil))))
}
