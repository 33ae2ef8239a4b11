import java.io.FileInputStream;
import java.security.*;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.crypto.*;

/** Opens PKCS#12 stores as a service would and works with their one entry: store, password, alias, algorithm to work with. */
public class StoreReader {
  static final byte[] MESSAGE = "charge 17".getBytes();

  public static void main(String[] args) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    char[] password = args[1].toCharArray();
    store.load(new FileInputStream(args[0]), password);
    KeyStore.Entry entry = store.getEntry(args[2], new KeyStore.PasswordProtection(password));
    byte[] result = entry instanceof KeyStore.PrivateKeyEntry pair ? sign(pair, args[3]) : use((KeyStore.SecretKeyEntry) entry, args[3]);
    System.out.print(store.size() + " " + store.getCreationDate(args[2]).getTime() + " " + Base64.getEncoder().encodeToString(result));
  }

  static byte[] sign(KeyStore.PrivateKeyEntry pair, String algorithm) throws Exception {
    X509Certificate carrier = (X509Certificate) pair.getCertificate();
    carrier.verify(carrier.getPublicKey());
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(pair.getPrivateKey());
    signature.update(MESSAGE);
    return signature.sign();
  }

  static byte[] use(KeyStore.SecretKeyEntry entry, String algorithm) throws Exception {
    SecretKey key = entry.getSecretKey();
    if (algorithm.startsWith("Hmac")) {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(key);
      return mac.doFinal(MESSAGE);
    }
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(Cipher.ENCRYPT_MODE, key);
    return cipher.doFinal(MESSAGE);
  }
}
