package loadgen

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"reflect"
	"slices"

	"github.com/gensim/load-generator/phase"
)

// canonical writes Go values so that equal values give the same bytes on every
// machine and values that differ in anything visible give different ones: floats
// by their bits, maps in order, pointers by what they point to. Unexported fields
// count, since pacers and distributions of a script may have no others. Functions,
// channels and addresses count as nil or not nil; locks, loggers and the like are
// left out.
type canonical struct {
	w    io.Writer
	path []any // pointers and maps on the way to the value, against cycles
	left int   // values that may still be written
}

// machinery lists packages whose values are not part of a plan and may change at
// any time.
var machinery = []string{"sync", "sync/atomic", "reflect", "log", "log/slog", "net", "net/http", "os", "testing"}

// maxCanonical bounds the number of values in one part of a plan, for scripts with
// huge or unbounded structures.
const maxCanonical = 1 << 22

// dynamic writes a value with its type, which its surroundings leave open.
func (c *canonical) dynamic(v reflect.Value) {
	if !v.IsValid() {
		c.text("nil")
		return
	}
	c.text(v.Type().String())
	c.value(v)
}

func (c *canonical) value(v reflect.Value) {
	if c.left--; c.left < 0 {
		return
	}
	switch kind := v.Kind(); {
	case v.CanInt():
		c.word(uint64(v.Int()))
	case kind == reflect.Uintptr: // it may be an address
		c.flag(v.Uint() != 0)
	case v.CanUint():
		c.word(v.Uint())
	case v.CanFloat():
		c.float(v.Float())
	case v.CanComplex():
		c.float(real(v.Complex()))
		c.float(imag(v.Complex()))
	case kind == reflect.Bool:
		c.flag(v.Bool())
	case kind == reflect.String:
		c.text(v.String())
	default:
		c.composite(v)
	}
}

func (c *canonical) composite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		c.fields(v, nil)
	case reflect.Array, reflect.Slice:
		c.word(uint64(v.Len()))
		for i := range v.Len() {
			c.value(v.Index(i))
		}
	case reflect.Map:
		c.once(v, c.entries)
	case reflect.Pointer:
		if c.flag(!v.IsNil()); !v.IsNil() {
			c.once(v, func(v reflect.Value) { c.value(v.Elem()) })
		}
	case reflect.Interface:
		if v.Type() == reflect.TypeFor[phase.Hook]() { // what it does is not part of the plan
			c.flag(!v.IsNil())
			return
		}
		c.dynamic(v.Elem())
	default: // functions, channels, unsafe pointers
		c.flag(!v.IsNil())
	}
}

// fields writes the fields of a struct with their names, except those in but.
func (c *canonical) fields(v reflect.Value, but []string) {
	t := v.Type()
	if slices.Contains(machinery, t.PkgPath()) {
		return
	}
	for i := range t.NumField() {
		if name := t.Field(i).Name; !slices.Contains(but, name) {
			c.text(name)
			c.value(v.Field(i))
		}
	}
}

// once descends into what a pointer or a map refers to, unless it is there already.
func (c *canonical) once(v reflect.Value, into func(reflect.Value)) {
	here := struct {
		at uintptr
		of reflect.Type
	}{v.Pointer(), v.Type()}
	if i := slices.Index(c.path, any(here)); i >= 0 {
		c.word(uint64(len(c.path) - i))
		return
	}
	c.path = append(c.path, here)
	into(v)
	c.path = c.path[:len(c.path)-1]
}

// entries writes a map in the order of its keys as they are written.
func (c *canonical) entries(v reflect.Value) {
	var all [][]byte
	for it := v.MapRange(); it.Next() && c.left > 0; {
		var entry bytes.Buffer
		part := canonical{w: &entry, path: c.path, left: c.left}
		part.value(it.Key())
		part.value(it.Value())
		c.left = part.left
		all = append(all, entry.Bytes())
	}
	slices.SortFunc(all, bytes.Compare)
	c.word(uint64(len(all)))
	for _, entry := range all {
		_, _ = c.w.Write(entry)
	}
}

func (c *canonical) word(x uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], x)
	_, _ = c.w.Write(b[:])
}

func (c *canonical) flag(on bool) {
	if on {
		c.word(1)
	} else {
		c.word(0)
	}
}

// float writes a number by its bits; there is one zero and one NaN.
func (c *canonical) float(x float64) {
	switch {
	case x == 0:
		x = 0
	case math.IsNaN(x):
		x = math.NaN()
	}
	c.word(math.Float64bits(x))
}

func (c *canonical) text(s string) {
	c.word(uint64(len(s)))
	_, _ = io.WriteString(c.w, s)
}
