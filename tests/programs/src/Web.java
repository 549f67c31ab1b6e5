import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A small HTTP server: / answers, /null runs into a null pointer (which the
 * JVM finds by a fault), /garbage makes some.
 */
public class Web {
	static volatile String nothing;

	static String npe() {
		try {
			return "" + nothing.length();
		} catch (NullPointerException e) {
			return "null";
		}
	}

	static String garbage() {
		long sum = 0;

		for (int i = 0; i < 2000; i++)
			sum += new byte[10000].length;
		return "" + sum;
	}

	static String answer(String path) {
		switch (path) {
		case "/null":
			return npe();
		case "/garbage":
			return garbage();
		default:
			return "hello";
		}
	}

	public static void main(String[] args) throws IOException {
		HttpServer s = HttpServer.create(new InetSocketAddress(80), 64);
		ExecutorService pool = Executors.newFixedThreadPool(4);

		s.createContext("/", x -> {
			byte[] b = (answer(x.getRequestURI().getPath()) + "\n")
				.getBytes();

			x.sendResponseHeaders(200, b.length);
			x.getResponseBody().write(b);
			x.close();
		});
		s.setExecutor(pool);
		Runtime.getRuntime().addShutdownHook(
			new Thread(() -> System.out.println("bye")));
		s.start();
		System.out.println("up");
	}
}
