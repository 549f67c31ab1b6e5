// A small HTTP server: /, /work (eight goroutines), and an end on SIGTERM.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"sync"
	"syscall"
)

func spin(n uint64) (sum uint64) {
	for i := uint64(0); i < n; i++ {
		sum += i % 7
	}
	return
}

func work(w http.ResponseWriter, r *http.Request) {
	var all sync.WaitGroup
	sums := make([]uint64, 8)
	for i := range sums {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			sums[i] = spin(200000)
		}(i)
	}
	all.Wait()
	total := uint64(0)
	for _, s := range sums {
		total += s
	}
	fmt.Fprintln(w, total)
}

func main() {
	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer done()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello")
	})
	http.HandleFunc("/work", work)
	s := &http.Server{Addr: ":80"}
	go func() {
		<-stop.Done()
		s.Shutdown(context.Background())
	}()
	if err := s.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	log.Print("bye")
}
