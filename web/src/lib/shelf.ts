// A shelf in IndexedDB: what is put there outlives a closed tab.

/** One act on a shelf's things, in a transaction of its own. */
export type Shelf = <T>(mode: IDBTransactionMode, act: (things: IDBObjectStore) => IDBRequest<T>) => Promise<T>;

/** The shelf `name` of a database; what lies on it is known by its `key`. */
export function shelf(database: string, name: string, key: string): Shelf {
  function open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(name, { keyPath: key });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
  return async (mode, act) => {
    const db = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = db.transaction(name, mode);
        const request = act(transaction.objectStore(name));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      db.close();
    }
  };
}
