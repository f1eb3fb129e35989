using Cgh.Core;
using Cgh.Dashboard.Live;

namespace Cgh.Dashboard.Parts;

/// <summary>Does what a button asks for and words its failure for the person who pressed it.</summary>
internal static class Attempt
{
    /// <returns>Null when it was done, else a line for the user.</returns>
    public static async Task<string?> RunAsync(Func<Task> action)
    {
        try
        {
            await action();
            return null;
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            return "The run store does not answer. Try again in a moment.";
        }
    }
}
