package feed

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// CSV reads a file of comma-separated values (RFC 4180). Its first line names the columns; lines without anything are left
// out. It is an error, which names the line, if a row has more or fewer values than there are columns, a column
// has no name or that of another one, or there are no rows.
func CSV(path string, how Deal) (*Feed, error) { return open(path, how, ReadCSV) }

// JSON reads a file of JSON lines: an object a line, all with the names of the first one, which are the columns; lines
// without anything are left out. It is an error, which names the line, if one is something else, or there are none.
func JSON(path string, how Deal) (*Feed, error) { return open(path, how, ReadJSON) }

// ReadCSV reads what [CSV] does from r. name stands for the file in errors.
func ReadCSV(name string, r io.Reader, how Deal) (*Feed, error) {
	f := &Feed{name: name, deal: how}
	in := csv.NewReader(unmarked(r))
	in.FieldsPerRecord = -1
	for {
		record, err := in.Read()
		switch parse := (*csv.ParseError)(nil); {
		case err == io.EOF:
			return f.whole()
		case errors.As(err, &parse):
			return nil, f.in(parse.Line, fmt.Errorf("column %d: %w", parse.Column, parse.Err))
		case err != nil:
			return nil, f.unread(err)
		}
		line, _ := in.FieldPos(0)
		if f.columns == nil {
			err = f.head(record)
		} else {
			err = f.add(record)
		}
		if err != nil {
			return nil, f.in(line, err)
		}
	}
}

// ReadJSON reads what [JSON] does from r. name stands for the file in errors.
func ReadJSON(name string, r io.Reader, how Deal) (*Feed, error) {
	f := &Feed{name: name, deal: how, json: true}
	in := bufio.NewReader(unmarked(r))
	for line := 1; ; line++ {
		text, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, f.unread(err)
		}
		if object := bytes.TrimSpace(text); len(object) > 0 {
			if wrong := f.object(object); wrong != nil {
				return nil, f.in(line, wrong)
			}
		}
		if err == io.EOF {
			return f.whole()
		}
	}
}

func open(path string, how Deal, read func(string, io.Reader, Deal) (*Feed, error)) (*Feed, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, refuse("feed: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	return read(filepath.Base(path), file, how)
}

// unmarked is r without the byte order mark that spreadsheets write.
func unmarked(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
		_, _ = in.Discard(len(mark)) // they are there
	}
	return in
}

// head takes the names of the columns.
func (f *Feed) head(columns []string) error {
	f.columns, f.at = columns, make(map[string]int, len(columns))
	for i, c := range columns {
		if c == "" {
			return fmt.Errorf("column %d has no name", i+1)
		}
		if _, twice := f.at[c]; twice {
			return fmt.Errorf("two columns are named %q", c)
		}
		f.at[c] = i
	}
	return nil
}

// add takes a row.
func (f *Feed) add(values []string) error {
	if len(values) != len(f.columns) {
		return fmt.Errorf("%s, want %d: %s", say.Plural(len(values), "value"), len(f.columns), f.list())
	}
	f.rows = append(f.rows, values)
	return nil
}

// object takes a line of JSON.
func (f *Feed) object(text []byte) error {
	in := json.NewDecoder(bytes.NewReader(text))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return errors.New(`want an object, such as {"name": "ada"}`)
	}
	var columns, values []string
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if err := in.Decode(&raw); err != nil {
			return fmt.Errorf("the value of %q: %w", key, err)
		}
		value := string(raw)
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &value); err != nil {
				return fmt.Errorf("the value of %q: %w", key, err)
			}
		}
		columns, values = append(columns, key.(string)), append(values, value)
	}
	if _, err := in.Token(); err != nil {
		return errors.New("the object has no end")
	}
	if _, err := in.Token(); err != io.EOF {
		return errors.New("there is more than one object, want one a line")
	}
	if len(columns) == 0 {
		return errors.New("the object is empty")
	}
	if f.columns == nil {
		if err := f.head(columns); err != nil {
			return err
		}
	}
	return f.sort(columns, values)
}

// sort takes the values of an object in the order of the columns.
func (f *Feed) sort(names, values []string) error {
	row, has := make([]string, len(f.columns)), make([]bool, len(f.columns))
	for i, name := range names {
		switch at, ok := f.at[name]; {
		case !ok:
			return fmt.Errorf("there is no %q in the first object; want %s", name, f.list())
		case has[at]:
			return fmt.Errorf("%q is there twice", name)
		default:
			row[at], has[at] = values[i], true
		}
	}
	if at := slices.Index(has, false); at >= 0 {
		return fmt.Errorf("%q is missing; want %s", f.columns[at], f.list())
	}
	return f.add(row)
}

// whole is the Feed, if it has rows.
func (f *Feed) whole() (*Feed, error) {
	switch {
	case int(f.deal) >= len(deals):
		return nil, refuse("feed: %s: %v hands out no rows; want one of %s", f.name, f.deal, strings.Join(deals[:], ", "))
	case len(f.rows) == 0 && f.json:
		return nil, refuse("feed: %s has no rows; want an object a line", f.name)
	case len(f.rows) == 0:
		return nil, refuse("feed: %s has no rows; want a line that names the columns, and one for each row", f.name)
	}
	return f, nil
}

// list is the columns for a message.
func (f *Feed) list() string {
	names := make([]string, len(f.columns))
	for i, c := range f.columns {
		names[i] = strconv.Quote(c)
	}
	return strings.Join(names, ", ")
}

// in names the line of an error.
func (f *Feed) in(line int, err error) error { return refuse("feed: %s:%d: %w", f.name, line, err) }

func (f *Feed) unread(err error) error { return refuse("feed: %s cannot be read: %w", f.name, err) }
