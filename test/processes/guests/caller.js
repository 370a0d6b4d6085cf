/** Calls the URL that it is told to, once, and says what came of it. */
export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const method = searchParams.get('method') ?? 'POST';
    try {
      const response = await fetch(searchParams.get('url'), {
        method,
        ...(method === 'POST' ? { body: 'ten' } : {}),
      });
      console.log(`head ${response.status}`);
      return new Response(`${response.status} ${await response.text()}`);
    } catch (error) {
      return new Response(String(error));
    }
  },
};
