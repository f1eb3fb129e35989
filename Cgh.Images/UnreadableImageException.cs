namespace Cgh.Images;

/// <summary>An image that cannot be read.</summary>
/// <param name="reason">What <c>dataset.json</c> says of it: a clause without a full stop.</param>
internal sealed class UnreadableImageException(string reason) : IOException(reason);
