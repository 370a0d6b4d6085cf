/** Answers nobody, and says who has gone. */
export default {
  fetch(request) {
    console.log('waiting');
    return new Promise(() => {
      request.signal.addEventListener('abort', () => console.log('gone'));
    });
  },
};
