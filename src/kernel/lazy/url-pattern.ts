/** URLPattern, by urlpattern-polyfill. */
export { URLPattern } from 'urlpattern-polyfill/urlpattern';
