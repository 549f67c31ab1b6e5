// The edge client: publishes a few readings to the broker that MHOST names,
// and ends.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

func check(what string, t mqtt.Token) {
	if !t.WaitTimeout(20 * time.Second) {
		log.Fatalf("%s: no answer", what)
	}
	if t.Error() != nil {
		log.Fatalf("%s: %v", what, t.Error())
	}
}

// A broker may come up after its clients.
func connect(c mqtt.Client) {
	var t mqtt.Token
	for i := 0; i < 20; i++ {
		t = c.Connect()
		if t.WaitTimeout(5*time.Second) && t.Error() == nil {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	check("connect", t)
}

func main() {
	log.SetFlags(0)
	n, err := strconv.Atoi(env("COUNT", "10"))
	if err != nil {
		log.Fatalf("COUNT: %v", err)
	}
	topic := env("TOPIC", "edge/temperature")
	o := mqtt.NewClientOptions().
		AddBroker("tcp://" + env("MHOST", "localhost") + ":" + env("MPORT", "1883")).
		SetClientID(env("CLIENT", "edge"))
	c := mqtt.NewClient(o)
	connect(c)
	for i := 0; i < n; i++ {
		last := i == n-1
		check("publish", c.Publish(topic, 1, last, fmt.Sprintf("%d", 20+i)))
	}
	c.Disconnect(250)
	log.Printf("published %d readings to %s", n, topic)
}
