// Package markup fills HTML templates in the syntax of html/template, as far as the
// page and the report use it: fields, ranges, conditions, variables, named templates and
// and, or, not, eq, len, index. Every value is escaped as html/template
// escapes it in text and in quoted attributes, which a test holds byte for byte. There is
// no other context: values in scripts, styles, addresses and unquoted attributes must be [Raw],
// and the program's own.
//
// html/template itself calls methods by their names, so the linker keeps every exported
// method of a program that imports it: some 3 MB of each.
package markup

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"strings"
	"text/template/parse"
)

// Raw is text that is not escaped.
type Raw string

// Func is a function of a template.
type Func func(args []any) any

// Template is a template that is ready to be filled. It is safe for concurrent use.
type Template struct {
	root  *parse.Tree
	named map[string]*parse.Tree
	funcs map[string]Func
}

// Must reads a template, and panics where that cannot be.
func Must(text string, funcs map[string]Func) *Template {
	names := map[string]any{"and": true, "or": true, "not": true, "eq": true, "len": true, "index": true}
	for name := range funcs {
		names[name] = true
	}
	const root = ""
	named, err := parse.Parse(root, text, "", "", names)
	if err != nil {
		panic("markup: " + err.Error())
	}
	return &Template{root: named[root], named: named, funcs: funcs}
}

// Execute writes the template with its values. On an error what was written is of no
// use.
func (t *Template) Execute(w io.Writer, data any) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case failure:
			err = p
		default:
			panic(p)
		}
	}()
	dot := reflect.ValueOf(data)
	var out strings.Builder
	f := filler{t, &out}
	f.node(t.root.Root, dot, variables{"$": dot})
	_, err = io.WriteString(w, out.String())
	return err
}

// failure is why a template cannot be filled.
type failure struct{ error }

func fail(format string, args ...any) { panic(failure{fmt.Errorf("markup: "+format, args...)}) }

// filler is one execution.
type filler struct {
	*Template
	out *strings.Builder
}

// variables are values by their names, those of a block and the ones around it.
type variables map[string]reflect.Value

func (f *filler) node(n parse.Node, dot reflect.Value, vars variables) {
	switch n := n.(type) {
	case nil:
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, each := range n.Nodes {
			f.node(each, dot, vars)
		}
	case *parse.TextNode:
		f.out.Write(n.Text)
	case *parse.CommentNode:
	case *parse.ActionNode:
		if v := f.pipe(n.Pipe, dot, vars); len(n.Pipe.Decl) == 0 {
			f.out.WriteString(Text(known(v)))
		}
	case *parse.IfNode:
		inner := maps.Clone(vars)
		f.branch(truth(f.pipe(n.Pipe, dot, inner)), &n.BranchNode, dot, inner)
	case *parse.WithNode:
		inner := maps.Clone(vars)
		v := f.pipe(n.Pipe, dot, inner)
		if truth(v) {
			dot = v
		}
		f.branch(truth(v), &n.BranchNode, dot, inner)
	case *parse.RangeNode:
		f.each(n, dot, vars)
	case *parse.TemplateNode:
		f.template(n, dot, vars)
	default:
		fail("%s is not supported", n)
	}
}

func (f *filler) branch(taken bool, n *parse.BranchNode, dot reflect.Value, vars variables) {
	if taken {
		f.node(n.List, dot, vars)
	} else if n.ElseList != nil {
		f.node(n.ElseList, dot, vars)
	}
}

func (f *filler) each(n *parse.RangeNode, dot reflect.Value, vars variables) {
	inner := maps.Clone(vars)
	list := indirect(f.only(n.Pipe, dot, vars))
	if list.IsValid() && list.Kind() != reflect.Slice && list.Kind() != reflect.Array {
		fail("%s is not a list", n.Pipe)
	}
	if !list.IsValid() || list.Len() == 0 {
		f.branch(false, &n.BranchNode, dot, inner)
		return
	}
	for i := range list.Len() {
		switch decl := n.Pipe.Decl; len(decl) {
		case 1:
			inner[decl[0].Ident[0]] = list.Index(i)
		case 2:
			inner[decl[0].Ident[0]], inner[decl[1].Ident[0]] = reflect.ValueOf(i), list.Index(i)
		}
		f.node(n.List, list.Index(i), maps.Clone(inner))
	}
}

func (f *filler) template(n *parse.TemplateNode, dot reflect.Value, vars variables) {
	tree := f.named[n.Name]
	if tree == nil {
		fail("there is no template %q", n.Name)
	}
	var v reflect.Value
	if n.Pipe != nil {
		v = f.pipe(n.Pipe, dot, vars)
	}
	f.node(tree.Root, v, variables{"$": v})
}

// pipe evaluates what stands between braces, and declares its variables.
func (f *filler) pipe(p *parse.PipeNode, dot reflect.Value, vars variables) reflect.Value {
	v := f.only(p, dot, vars)
	for _, d := range p.Decl {
		vars[d.Ident[0]] = v
	}
	return v
}

// only evaluates its one command.
func (f *filler) only(p *parse.PipeNode, dot reflect.Value, vars variables) reflect.Value {
	if len(p.Cmds) != 1 || p.IsAssign {
		fail("%s is not supported", p)
	}
	c := p.Cmds[0]
	name, ok := c.Args[0].(*parse.IdentifierNode)
	if !ok {
		return f.value(c.Args[0], dot, vars)
	}
	args := make([]reflect.Value, len(c.Args)-1)
	for i, n := range c.Args[1:] {
		args[i] = f.value(n, dot, vars)
	}
	return f.call(name.Ident, args)
}

// value evaluates an argument.
func (f *filler) value(n parse.Node, dot reflect.Value, vars variables) reflect.Value {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return fields(dot, n.Ident)
	case *parse.VariableNode:
		return fields(vars[n.Ident[0]], n.Ident[1:])
	case *parse.PipeNode:
		return f.pipe(n, dot, vars)
	case *parse.StringNode:
		return reflect.ValueOf(n.Text)
	case *parse.NumberNode:
		if n.IsInt {
			return reflect.ValueOf(int(n.Int64))
		}
	}
	fail("%s is not supported", n)
	return reflect.Value{}
}

// call calls a function.
func (f *filler) call(name string, args []reflect.Value) reflect.Value {
	switch name {
	case "and", "or":
		for _, v := range args[:len(args)-1] {
			if truth(v) == (name == "or") {
				return v
			}
		}
		return args[len(args)-1]
	case "not":
		return reflect.ValueOf(!truth(args[0]))
	case "eq":
		return reflect.ValueOf(equal(args))
	case "len":
		return reflect.ValueOf(indirect(args[0]).Len())
	case "index":
		list, i := indirect(args[0]), int(args[1].Int())
		if i < 0 || i >= list.Len() {
			fail("no item %d of %d", i, list.Len())
		}
		return list.Index(i)
	}
	own := make([]any, len(args))
	for i, v := range args {
		own[i] = known(v)
	}
	return reflect.ValueOf(f.funcs[name](own))
}

// equal compares two texts, or two whole numbers, whatever their types are called.
func equal(args []reflect.Value) bool {
	if len(args) == 2 {
		switch a, b := indirect(args[0]), indirect(args[1]); {
		case a.Kind() == reflect.String && b.Kind() == reflect.String:
			return a.String() == b.String()
		case a.CanInt() && b.CanInt():
			return a.Int() == b.Int()
		}
	}
	fail("eq compares two texts or two whole numbers, not %v", args)
	return false
}

// fields follows names from a value.
func fields(v reflect.Value, names []string) reflect.Value {
	for _, name := range names {
		switch v = indirect(v); {
		case v.IsValid() && v.Kind() == reflect.Map:
			v = v.MapIndex(reflect.ValueOf(name))
		case v.IsValid() && v.Kind() == reflect.Struct && v.FieldByName(name).IsValid():
			v = v.FieldByName(name)
		default:
			fail("there is no field %s", name)
		}
	}
	return v
}

// indirect follows pointers and interfaces.
func indirect(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	return v
}

// truth reports whether a value is not empty.
func truth(v reflect.Value) bool {
	if v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch {
	case !v.IsValid():
		return false
	case v.Kind() == reflect.Struct:
		return true
	case v.Kind() == reflect.Slice, v.Kind() == reflect.Array, v.Kind() == reflect.Map:
		return v.Len() > 0
	}
	return !v.IsZero()
}

// known is a value that is not reflect's.
func known(v reflect.Value) any {
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = indirect(v)
	}
	if !v.IsValid() {
		return nil
	}
	return v.Interface()
}

var escaper = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// Text is a value as it stands in a page: escaped, unless it is Raw.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case Raw:
		return string(v)
	case string:
		return escaper.Replace(v)
	}
	return escaper.Replace(fmt.Sprint(v))
}
