/** Signs in the text of a script that tell what importing it does. A text can only be guessed at: they are for warnings. */

/** What opens a connection, or keeps one, when a module is imported. */
export const connector =
  /\b(?:psycopg2?|MySQLdb|pymysql|mysql\.connector|sqlite3|cx_Oracle|pyodbc|pika|ldap)\.(?:connect|connection|initialize|BlockingConnection)\(|\b(?:MongoClient|create_engine|StrictRedis|KafkaProducer|KafkaConsumer)\(|\bredis\.(?:Strict)?Redis\(|\bgrpc\.\w+_channel\(|\bsocket\.(?:socket|create_connection)\(/;

/** What makes threads, in the words of those who write such modules. */
export const threadMaker = /\b(?:Thread|Timer|ThreadPoolExecutor|BackgroundScheduler)\(/;
/** Something is started by the import itself: the line is not inside a function. */
export const startsAtImport = /^(?:\w+|.*\b(?:Thread|Timer)\(.*\))\.start\(\)/m;
