using Cgh.Core.Files;

namespace Cgh.DataPrep;

/// <summary>Location of a dataset that does not exist yet.</summary>
internal static class NewDatasetFolder
{
    /// <summary>
    /// Returns the folder for a new dataset. Unlike with <see cref="DataFolder.Dataset"/>, a name always refers to the data folder, even if the
    /// working directory contains a folder of that name, such as the images to pack.
    /// </summary>
    public static string For(DataFolder data, string nameOrPath) =>
        DataFolder.IsName(nameOrPath) ? Path.Combine(data.Datasets, nameOrPath) : data.Dataset(nameOrPath);
}
