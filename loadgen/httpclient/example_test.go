package httpclient_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// target is a small shop in this process.
func target() http.RoundTripper {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":%q,"left":0}`, r.PathValue("id"))
	})
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, "try later")
	})
	return httpclient.Handler(mux)
}

func Example() {
	web, err := httpclient.New(httpclient.Config{Host: "http://shop.example", Base: target()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer web.Close()
	session := web.Session()
	ctx := context.Background() // in a task: the task's context

	var item struct{ ID string }
	err = session.Get(ctx, "/items/{id}", "a/b").JSON(&item)
	fmt.Println(item.ID, err)
	fmt.Println(session.PostJSON(ctx, "/orders", item).Err())
	// Output:
	// a/b <nil>
	// POST /orders: http 503
}

func ExampleCheck() {
	web, _ := httpclient.New(httpclient.Config{Host: "http://shop.example", Base: target()})
	inStock := httpclient.Check(func(r *httpclient.Response) error {
		var item struct{ Left int }
		if err := r.JSON(&item); err != nil {
			return err
		}
		if item.Left == 0 {
			return fmt.Errorf("out of stock")
		}
		return nil
	})
	fmt.Println(web.Get(context.Background(), "/items/{id}", 7, inStock).Err())
	// Output: GET /items/{id}: check: out of stock
}

func ExampleAccept() {
	web, _ := httpclient.New(httpclient.Config{Host: "http://shop.example", Base: target()})
	mayBeBusy := httpclient.Accept(http.StatusServiceUnavailable)
	fmt.Println(web.PostJSON(context.Background(), "/orders", 1, mayBeBusy).Err())
	// Output: <nil>
}

func ExampleTransport() {
	existing := &http.Client{Transport: httpclient.Transport(target(), nil)}
	resp, err := existing.Get("http://shop.example/items/7")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(string(body), httpclient.PathName(resp.Request))
	// Output: {"id":"7","left":0} /items/{id}
}
