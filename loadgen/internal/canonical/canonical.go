// Package canonical writes Go values so that equal ones give the same bytes on every machine, for digests.
package canonical

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"reflect"
	"slices"
)

// Writer writes Go values so that equal values give the same bytes on every
// machine and values that differ in anything visible give different ones: floats
// by their bits, maps in order, pointers by what they point to. Unexported fields
// count, since pacers and distributions of a script may have no others. Functions,
// channels and addresses count as nil or not nil; locks, loggers and the like are
// left out.
type Writer struct {
	w      io.Writer
	opaque []reflect.Type // interfaces whose values count as nil or not nil
	path   []any          // pointers and maps on the way to the value, against cycles
	left   int            // values that may still be written
}

// New returns a Writer. Values of the opaque interfaces count only as nil or not nil.
func New(w io.Writer, opaque ...reflect.Type) *Writer {
	return &Writer{w: w, opaque: opaque, left: most}
}

// Part begins another part: each may have 2^22 values; those beyond, of huge or unbounded structures, are
// left out.
func (c *Writer) Part() { c.left = most }

// machinery lists packages whose values are not part of a plan and may change at
// any time.
var machinery = []string{"sync", "sync/atomic", "reflect", "log", "log/slog", "net", "net/http", "os", "testing"}

// most bounds the values of a part.
const most = 1 << 22

// Dynamic writes a value with its type, which its surroundings leave open.
func (c *Writer) Dynamic(v reflect.Value) {
	if !v.IsValid() {
		c.Text("nil")
		return
	}
	c.Text(v.Type().String())
	c.value(v)
}

func (c *Writer) value(v reflect.Value) {
	if c.left--; c.left < 0 {
		return
	}
	switch kind := v.Kind(); {
	case v.CanInt():
		c.Word(uint64(v.Int()))
	case kind == reflect.Uintptr: // it may be an address
		c.Flag(v.Uint() != 0)
	case v.CanUint():
		c.Word(v.Uint())
	case v.CanFloat():
		c.Float(v.Float())
	case v.CanComplex():
		c.Float(real(v.Complex()))
		c.Float(imag(v.Complex()))
	case kind == reflect.Bool:
		c.Flag(v.Bool())
	case kind == reflect.String:
		c.Text(v.String())
	default:
		c.composite(v)
	}
}

func (c *Writer) composite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		c.Fields(v, nil)
	case reflect.Array, reflect.Slice:
		c.Word(uint64(v.Len()))
		for i := range v.Len() {
			c.value(v.Index(i))
		}
	case reflect.Map:
		c.once(v, c.entries)
	case reflect.Pointer:
		if c.Flag(!v.IsNil()); !v.IsNil() {
			c.once(v, func(v reflect.Value) { c.value(v.Elem()) })
		}
	case reflect.Interface:
		if slices.Contains(c.opaque, v.Type()) {
			c.Flag(!v.IsNil())
			return
		}
		c.Dynamic(v.Elem())
	default: // functions, channels, unsafe pointers
		c.Flag(!v.IsNil())
	}
}

// Fields writes the fields of a struct with their names, except those in but and
// those with the tag digest:"omitempty" that are zero: what is not used changes no digest.
func (c *Writer) Fields(v reflect.Value, but []string) {
	t := v.Type()
	if slices.Contains(machinery, t.PkgPath()) {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if slices.Contains(but, f.Name) || f.Tag.Get("digest") == "omitempty" && v.Field(i).IsZero() {
			continue
		}
		c.Text(f.Name)
		c.value(v.Field(i))
	}
}

// once descends into what a pointer or a map refers to, unless it is there already.
func (c *Writer) once(v reflect.Value, into func(reflect.Value)) {
	here := struct {
		at uintptr
		of reflect.Type
	}{v.Pointer(), v.Type()}
	if i := slices.Index(c.path, any(here)); i >= 0 {
		c.Word(uint64(len(c.path) - i))
		return
	}
	c.path = append(c.path, here)
	into(v)
	c.path = c.path[:len(c.path)-1]
}

// entries writes a map in the order of its keys as they are written.
func (c *Writer) entries(v reflect.Value) {
	var all [][]byte
	for it := v.MapRange(); it.Next() && c.left > 0; {
		var entry bytes.Buffer
		part := Writer{w: &entry, opaque: c.opaque, path: c.path, left: c.left}
		part.value(it.Key())
		part.value(it.Value())
		c.left = part.left
		all = append(all, entry.Bytes())
	}
	slices.SortFunc(all, bytes.Compare)
	c.Word(uint64(len(all)))
	for _, entry := range all {
		_, _ = c.w.Write(entry)
	}
}

// Word writes a number.
func (c *Writer) Word(x uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], x)
	_, _ = c.w.Write(b[:])
}

// Flag writes yes or no.
func (c *Writer) Flag(on bool) {
	if on {
		c.Word(1)
	} else {
		c.Word(0)
	}
}

// Float writes a number by its bits; there is one zero and one NaN.
func (c *Writer) Float(x float64) {
	switch {
	case x == 0:
		x = 0
	case math.IsNaN(x):
		x = math.NaN()
	}
	c.Word(math.Float64bits(x))
}

// Text writes a text with its length.
func (c *Writer) Text(s string) {
	c.Word(uint64(len(s)))
	_, _ = io.WriteString(c.w, s)
}
