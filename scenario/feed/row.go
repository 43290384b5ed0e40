package feed

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Row is one row of a Feed: 16 bytes, however long it is. The zero value has no columns.
type Row struct {
	feed *Feed
	at   int
}

// Number is the row's place in the file: 1, 2, 3 and so on, without the line that names the columns; 0 is the zero value's.
func (r Row) Number() int {
	if r.feed == nil {
		return 0
	}
	return r.at + 1
}

// Get is the value of a column: the text, or the JSON of a number, truth value, list, object or null. It panics if the file
// has no such column. That of the zero Row is empty.
func (r Row) Get(column string) string {
	if r.feed == nil {
		return ""
	}
	i, ok := r.feed.at[column]
	if !ok {
		panic(r.missing(column))
	}
	return r.feed.rows[r.at][i]
}

// missing says that the file has no such column.
func (r Row) missing(column string) error {
	return fmt.Errorf("feed: %s has no column %q; want one of %s", r.feed.name, column, r.feed.list())
}

// Into writes the row into the struct at v: each exported field gets the column that its tag `feed:"column"` names, or
// that is called as the field, without regard to case. `feed:"-"` leaves a field out, and so does a field without a tag
// and a column. Fields are texts, truth values, numbers, a [time.Duration] such as 1m30s, or an
// [encoding.TextUnmarshaler]; from JSON lines also what encoding/json can write into. It is an error if a tag names no
// column, a value does not fit, or a field is in an embedded struct whose pointer is nil.
func (r Row) Into(v any) error {
	to := reflect.ValueOf(v)
	if to.Kind() != reflect.Pointer || to.IsNil() || to.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("feed: Into writes into the struct at a pointer, not into a %T", v)
	}
	if r.feed == nil {
		return fmt.Errorf("feed: there is no row to write into a %T", v)
	}
	to = to.Elem()
	for _, field := range reflect.VisibleFields(to.Type()) {
		column, named := field.Tag.Lookup("feed")
		if !field.IsExported() || field.Anonymous && !named || column == "-" {
			continue
		}
		i, ok := r.column(column, field.Name, named)
		switch {
		case !ok && named:
			return r.missing(column)
		case !ok:
			continue
		}
		at, err := to.FieldByIndexErr(field.Index)
		if err == nil {
			err = r.set(at, r.feed.rows[r.at][i])
		}
		if err != nil {
			return fmt.Errorf("feed: %s, row %d, column %q: %w", r.feed.name, r.Number(), r.feed.columns[i], err)
		}
	}
	return nil
}

// column is the one of a field.
func (r Row) column(tag, field string, named bool) (int, bool) {
	if named {
		i, ok := r.feed.at[tag]
		return i, ok
	}
	if i, ok := r.feed.at[field]; ok {
		return i, true
	}
	for i, c := range r.feed.columns {
		if strings.EqualFold(c, field) {
			return i, true
		}
	}
	return 0, false
}

// set writes a value into a field.
func (r Row) set(field reflect.Value, text string) error {
	var err error
	switch to := field.Addr().Interface().(type) {
	case *time.Duration:
		*to, err = time.ParseDuration(text)
		return wrong(err, text, "a time span such as 1m30s")
	case encoding.TextUnmarshaler:
		return to.UnmarshalText([]byte(text))
	}
	switch bits := 0; field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Bool:
		var yes bool
		yes, err = strconv.ParseBool(text)
		field.SetBool(yes)
		return wrong(err, text, "true or false")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var n int64
		bits = field.Type().Bits()
		n, err = strconv.ParseInt(text, 10, bits)
		field.SetInt(n)
		return wrong(err, text, fmt.Sprintf("a whole number of %d bits", bits))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var n uint64
		bits = field.Type().Bits()
		n, err = strconv.ParseUint(text, 10, bits)
		field.SetUint(n)
		return wrong(err, text, fmt.Sprintf("a whole number of %d bits, 0 or more", bits))
	case reflect.Float32, reflect.Float64:
		var x float64
		x, err = strconv.ParseFloat(text, field.Type().Bits())
		field.SetFloat(x)
		return wrong(err, text, "a number")
	default:
		if !r.feed.json {
			return fmt.Errorf("a field of type %v takes no text", field.Type())
		}
		return json.Unmarshal([]byte(text), field.Addr().Interface())
	}
	return nil
}

// wrong says what a value should be; nil if err is.
func wrong(err error, text, want string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%q: want %s", text, want)
}
