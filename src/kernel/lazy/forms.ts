/** Blobs and forms, as one part. */
export { Blob, blobOf, bytesOfBlob, contentTypeOf, File, FormData, isBlob, isFormData } from './form-data.ts';
export { multipartOf, parseForm } from './multipart.ts';
