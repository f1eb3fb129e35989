using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cgh.Core.Runs;

/// <summary>Names a run everywhere: in the store, in messages, in addresses. Written <c>EXPERIMENT/RUN</c>.</summary>
[JsonConverter(typeof(RunIdConverter))]
public readonly record struct RunId(string Experiment, string Name)
{
    public override string ToString() => $"{Experiment}/{Name}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">It is not two names with a slash between them.</exception>
    public static RunId Parse(string text) =>
        text.Split('/') is [{ Length: > 0 } experiment, { Length: > 0 } name]
            ? new RunId(experiment, name)
            : throw new FormatException($"'{text}' is not a run id; one looks like demo-20260101-120000/rm3.");
}

internal sealed class RunIdConverter : JsonConverter<RunId>
{
    public override RunId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return RunId.Parse(reader.GetString() ?? "");
        }
        catch (FormatException error)
        {
            throw new JsonException(error.Message);
        }
    }

    public override void Write(Utf8JsonWriter writer, RunId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
