using static TorchSharp.torch;

namespace Cgh.Trainer.Data;

/// <summary>
/// Normalizes pixels on the model's device. Looks the values up in <see cref="Normalization.Values"/>, so that they are bit-identical to
/// the CPU's however the device rounds divisions.
/// </summary>
internal sealed class NormalizationTable : IDisposable
{
    private const int PixelValues = 256;

    private readonly Tensor _values;
    private readonly Tensor _starts;

    /// <param name="device">Device of the pixels.</param>
    /// <param name="type">Type of the results, rounded from float32.</param>
    public NormalizationTable(Device device, ScalarType type)
    {
        using var scope = NewDisposeScope();
        _values = tensor(Normalization.Values).to(type, device).DetachFromDisposeScope();
        _starts = tensor(new[] { 0, PixelValues, 2 * PixelValues }).to(device).DetachFromDisposeScope();
    }

    public bool Fits(Device device, ScalarType type) => _values.dtype == type && _values.device_type == device.type;

    /// <summary>Returns the normalized values of interleaved RGB pixels, in the same shape.</summary>
    public Tensor Of(Tensor pixels)
    {
        using var entries = pixels.to(ScalarType.Int32).add_(_starts);
        using var flat = entries.view(-1);
        using var values = _values.index_select(0, flat);
        return values.view(pixels.shape);
    }

    public void Dispose()
    {
        _values.Dispose();
        _starts.Dispose();
    }
}
